/**
 * Shape of a translation: every English key. Of the plural forms (`key_one`, `key_other`) Chinese has only `_other`:
 * https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html
 */
export type Translated<T> = {
  readonly [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string
    ? string
    : Translated<T[K]>
}
