/** A rule set that libnftables refused, with its own message (line, column and a marker under the place). */
export class NftError extends Error {
  override readonly name = "NftError";

  constructor(message: string) {
    super(message.trim());
  }
}
