declare const brand: unique symbol;

/** A nominal type: `Brand<string, 'VmId'>` is a string that cannot be mistaken for another id. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
