/** Compares observations with the documentation. */

/** `message` holds the observation. */
export class NotAsDocumented extends Error {
  override readonly name = 'NotAsDocumented'
}

/** Throws NotAsDocumented with `seen` unless `holds`. */
export function demand(holds: boolean, seen: string): asserts holds {
  if (!holds) throw new NotAsDocumented(seen)
}
