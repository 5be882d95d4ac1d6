/** How what was seen is held against what the documents say. */

/** Something was not as documented: `message` holds what was seen. */
export class NotAsDocumented extends Error {
  override readonly name = 'NotAsDocumented'
}

/** Throws NotAsDocumented with `seen` unless `holds`. */
export function demand(holds: boolean, seen: string): asserts holds {
  if (!holds) throw new NotAsDocumented(seen)
}
