import { z } from 'zod'
import { printable } from './printable.ts'

const SHOWN_LENGTH_MAX = 1000

export const shownText = z
  .string()
  .overwrite((text) =>
    printable(text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text),
  )
