/**
 * A rule set that libnftables refused, with its own message. Its marker stands under the right column, but the line
 * above it is always the first of the text.
 */
export class NftError extends Error {
  override readonly name = "NftError";

  constructor(message: string) {
    super(message.trim());
  }
}
