import { createServer } from "node:net";
import { createInterface } from "node:readline";

/**
 * Takes connections at 10.65.0.1 tcp/7000 and counts them. `count N` on standard input: says how many there were, as
 * soon as there were N, or after two seconds.
 */
let accepted = 0;
const waiting: { readonly wanted: number; readonly tell: () => void }[] = [];

const server = createServer((socket) => {
  accepted++;
  socket.on("error", () => socket.destroy());
  socket.resume();
  socket.end();
  for (const { wanted, tell } of waiting) if (accepted >= wanted) tell();
});
server.listen({ host: "10.65.0.1", port: 7000, backlog: 4096 }, () => {
  process.stdout.write("listening\n");
});

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const wanted = Number(line.split(" ")[1]);
    let told = false;
    const tell = (): void => {
      if (!told) process.stdout.write(`${accepted}\n`);
      told = true;
    };
    if (accepted >= wanted) tell();
    else waiting.push({ wanted, tell });
    setTimeout(tell, 2000).unref();
  })
  .on("close", () => process.exit(0));
