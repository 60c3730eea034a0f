/** Where the entries of a list stood in the file, for lists from which refused entries were taken out. */
export const originalIndex: WeakMap<object, readonly number[]> = new WeakMap();

/** The entries of a list with their index in the file. */
export function indexed<T>(list: readonly T[]): readonly (readonly [number, T])[] {
  const original = originalIndex.get(list);
  return list.map((entry, index) => [original?.[index] ?? index, entry] as const);
}
