/** The command as it was typed: what others are told of who holds the lab. */
export function commandText(): string {
  return `lab ${process.argv.slice(2).join(" ")}`;
}
