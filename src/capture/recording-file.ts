import { closeFile, openFile, openFlags, writeFile } from "../machine/libc/files.ts";
import { type InterfaceToWrite, PcapngWriter } from "../packet/pcapng-writer.ts";

const chunk = 1024 * 1024;

/** A pcapng file being written: one section, one interface block for each point. Holds a megabyte at most. */
export class RecordingFile implements Disposable {
  readonly name: string;
  readonly writer: PcapngWriter;
  readonly #fd: number;
  #packets = 0;
  #failure: string | undefined;

  /** Makes the file, with its section header and interface blocks on the disk. @throws SystemError */
  constructor(directory: string, name: string, interfaces: readonly InterfaceToWrite[]) {
    this.name = name;
    const flags = openFlags.writeOnly | openFlags.create | openFlags.truncate;
    this.#fd = openFile(`${directory}/${name}`, flags, 0o644);
    this.writer = new PcapngWriter("lab", 2 * chunk);
    for (const description of interfaces) this.writer.addInterface(description);
    this.flush();
  }

  /** Why the disk did not take everything; nothing is written after that. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Tells that a packet was added to the writer. Returns its frame number. */
  packetAdded(): number {
    if (this.writer.length >= chunk) this.flush();
    return ++this.#packets;
  }

  /** Hands everything to the system; a full disk shows in `failure`. */
  flush(): void {
    if (this.writer.length === 0) return;
    const bytes = this.writer.take();
    try {
      for (let done = 0; done < bytes.length && this.#failure === undefined; ) {
        done += writeFile(this.#fd, bytes.subarray(done));
      }
    } catch (error) {
      this.#failure = `cannot write the recording: ${String(error)}`;
    }
  }

  [Symbol.dispose](): void {
    closeFile(this.#fd);
  }
}
