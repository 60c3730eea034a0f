import koffi from "koffi";

let poll: (() => number) | undefined;

/**
 * Gives this process's OpenSSL fresh seed from the kernel. Guests restored from one snapshot have copies of its generator:
 * without this, `randomBytes` gives the same bytes in all of them (seen). Node exports its OpenSSL for add-ons.
 *
 * @throws Error when the seed cannot be had, for secrets made then would be known to other guests.
 */
export function renewRandomNumbers(): void {
  poll ??= koffi.load(null).func("int RAND_poll()");
  if (poll() !== 1) throw new Error("OpenSSL's random numbers cannot be renewed");
}
