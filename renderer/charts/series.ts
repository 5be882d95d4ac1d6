/** null interrupts the line; undefined was not read at that moment. */
export type Column = readonly (number | null | undefined)[]
