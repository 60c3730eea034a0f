declare const brand: unique symbol;

/** A number or string at run time that only its own parser can make: `Brand<number, "VlanId">`. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
