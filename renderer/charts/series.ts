/** What a chart draws of one figure: a value for each moment. null interrupts the line; undefined was not read just then. */
export type Column = readonly (number | null | undefined)[]
