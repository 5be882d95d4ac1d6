/**
 * The shape that a translation must have: every key of the English words. Of the plural forms (`key_one`, `key_other`) Chinese has
 * `_other` alone: https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html
 */
export type Translated<T> = {
  readonly [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string
    ? string
    : Translated<T[K]>
}
