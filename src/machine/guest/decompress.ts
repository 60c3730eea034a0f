import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { LabError } from "../../units/lab-error.ts";

type Format = {
  readonly name: string;
  readonly magic: readonly number[];
  readonly decompress: (bytes: Buffer) => Promise<Buffer>;
};

/** Compressions that Linux uses for its image (scripts/Makefile.lib) and for modules, told apart by their first bytes. */
const formats: readonly Format[] = [
  { name: "gzip", magic: [0x1f, 0x8b], decompress: async (bytes) => gunzipSync(bytes) },
  { name: "xz", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], decompress: through("xz", ["-dc"]) },
  {
    name: "zstd",
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    decompress: async (bytes) => zstdDecompressSync(bytes),
  },
  { name: "lz4", magic: [0x02, 0x21, 0x4c, 0x18], decompress: through("lz4", ["-dc"]) },
  { name: "lzma", magic: [0x5d, 0x00, 0x00], decompress: through("lzma", ["-dc"]) },
  { name: "bzip2", magic: [0x42, 0x5a, 0x68], decompress: through("bzip2", ["-dc"]) },
];

const begins = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((value, index) => bytes[index] === value);

/** The bytes themselves when they carry no known mark of a compression. */
export async function decompress(bytes: Buffer): Promise<Buffer> {
  const format = formats.find(({ magic }) => begins(bytes, magic));
  return format === undefined ? bytes : await format.decompress(bytes);
}

/** xz and lzma come from the program of that name, or from busybox, which a guest needs anyway. */
function through(program: string, options: readonly string[]): Format["decompress"] {
  return async (bytes) => {
    const own = ["/usr/bin", "/bin"].some((folder) => existsSync(`${folder}/${program}`));
    const [command, before] = own ? [program, []] : ["busybox", [program]];
    return await new Promise((resolve, reject) => {
      const child = execFile(
        command,
        [...before, ...options],
        { encoding: "buffer", maxBuffer: 1 << 30 },
        (error, stdout) => {
          if (error === null) resolve(stdout);
          else reject(cannot(program, error));
        },
      );
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(bytes);
    });
  };
}

function cannot(program: string, cause: Error): LabError {
  return new LabError("LAB_E_GUEST_UNPACK", `cannot unpack with ${program}: ${cause.message}`, {
    fix: `install ${program} (Debian: apt-get install xz-utils lz4 bzip2)`,
    cause,
  });
}
