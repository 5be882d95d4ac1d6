import { describe, expect, it } from 'vitest'
import * as en from './en/index.ts'
import { systemLanguage } from './i18n.ts'
import * as zh from './zh/index.ts'

const SOURCES = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.*', '!../i18n/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

type Texts = { readonly [key: string]: string | Texts }

/** `backends:row.off` → its text. */
function flat(texts: Texts, before = ''): [key: string, text: string][] {
  return Object.entries(texts).flatMap(([key, value]) => {
    const own = `${before}${key}`
    if (typeof value === 'string') return [[own, value] as [string, string]]
    return flat(value, before === '' ? `${own}:` : `${own}.`)
  })
}

const english = new Map(flat(en))
const chinese = new Map(flat(zh))
const isOneForm = (key: string) => key.endsWith('_one')
const valuesOf = (text: string) => [...text.matchAll(/\{\{\s*([\w.]+)/g)].map(([, name]) => name)

describe('English and Chinese', () => {
  it('have the same keys; of plurals Chinese has one form', () => {
    expect([...chinese.keys()].toSorted()).toEqual(
      [...english.keys()].filter((key) => !isOneForm(key)).toSorted(),
    )
  })

  it('fill in the same values', () => {
    for (const [key, text] of chinese) {
      expect([key, valuesOf(text).toSorted()]).toEqual([
        key,
        valuesOf(english.get(key) ?? '').toSorted(),
      ])
    }
  })

  it('are not empty, and have both plural forms in English', () => {
    for (const [key, text] of [...english, ...chinese]) expect([key, text.trim()]).not.toContain('')
    for (const key of english.keys()) {
      if (isOneForm(key)) expect(english.has(key.replace(/_one$/, '_other'))).toBe(true)
    }
  })

  it('have keys that are names, not the first words of a sentence', () => {
    const cutOff = [...english.keys()].filter((key) => {
      const words = (key.split(/[:.]/).at(-1) ?? '').replace(/_(one|other)$/, '').split('_')
      const last = words.at(-1) ?? ''
      return (
        words.length > 4 ||
        (words.length > 1 && /^(a|an|the|and|or|that|which|is|are|not|\d+)$/.test(last)) ||
        (words.length > 2 && /^(as|at|by|for|from|in|of|on|to|with)$/.test(last))
      )
    })
    expect(cutOff).toEqual([])
  })

  it('are all drawn somewhere', () => {
    const unused = [...english.keys()].filter((key) => {
      const plain = key.replace(/_(one|other)$/, '')
      return !source.includes(`'${plain}'`) && !isComposed(plain)
    })
    expect(unused).toEqual([])
  })

  it('have one key for one text of a namespace', () => {
    const keyOf = new Map<string, string>()
    for (const [key, text] of english) {
      if (isComposed(key)) continue
      const texts = JSON.stringify([key.split(':')[0], text, chinese.get(key)])
      expect([key, keyOf.get(texts)]).toEqual([key, undefined])
      keyOf.set(texts, key)
    }
  })
})

const source = Object.values(SOURCES).join('\n')
const composed = new Set([...source.matchAll(/`([\w:.]+)\$\{/g)].map(([, start]) => start))

/** Keys may be composed: `t(`words:kind.${kind}`)` uses all keys below. */
const isComposed = (key: string) => ancestorsOf(key).some((start) => composed.has(start))
/** `backends:` and `backends:row.` of `backends:row.off`. */
const ancestorsOf = (key: string) =>
  [...key.matchAll(/[:.]/g)].map(({ index }) => key.slice(0, index + 1))

describe('the language of the system', () => {
  it('is the first that the panel speaks', () => {
    expect(systemLanguage(['de-AT', 'zh-CN', 'en'])).toBe('zh')
    expect(systemLanguage(['en-GB', 'zh'])).toBe('en')
    expect(systemLanguage(['fr'])).toBe('en')
    expect(systemLanguage(['zho'])).toBe('en')
  })
})
