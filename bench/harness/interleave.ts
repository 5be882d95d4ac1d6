/** A B B A order: machine drift affects both sides alike, and equal pairs show the noise. */
import { mean, median, rangeOf } from './statistics.ts'

export interface Round<A, B> {
  a: [A, A]
  b: [B, B]
}

export async function interleave<A, B>(
  rounds: number,
  a: () => Promise<A>,
  b: () => Promise<B>,
): Promise<Round<A, B>[]> {
  const done: Round<A, B>[] = []
  for (let round = 0; round < rounds; round++) {
    const a1 = await a()
    const b1 = await b()
    const b2 = await b()
    const a2 = await a()
    done.push({ a: [a1, a2], b: [b1, b2] })
  }
  return done
}

export interface Compared {
  /** Median over the rounds. */
  value: number
  /** Of the rounds. */
  spread: [number, number]
  /** Relative difference of equal pairs, scaled to the median of all rounds (95 %). */
  noise: number
}

/** a / b by round. */
export function compareRatio<A, B>(
  rounds: readonly Round<A, B>[],
  ofA: (a: A) => number,
  ofB: (b: B) => number,
): Compared {
  const ratios = rounds.map(({ a, b }) => mean(a.map(ofA)) / mean(b.map(ofB)))
  return { value: median(ratios), spread: rangeOf(ratios), noise: noiseOf(rounds, ofA, ofB) }
}

/** a - b by round; the noise is a share of a. */
export function compareDifference<A, B>(
  rounds: readonly Round<A, B>[],
  ofA: (a: A) => number,
  ofB: (b: B) => number,
): Compared {
  const differences = rounds.map(({ a, b }) => mean(a.map(ofA)) - mean(b.map(ofB)))
  return {
    value: median(differences),
    spread: rangeOf(differences),
    noise: noiseOf(rounds, ofA, ofB),
  }
}

/**
 * With m the median of |x1 / x2 - 1| over the equal pairs, their standard deviation is 1.48 m; that of a ratio of two
 * means of two is 1 / sqrt(2) of it; that of the median of n such ratios 1.25 / sqrt(n) of that; 95 % lie within two
 * of these.
 */
function noiseOf<A, B>(
  rounds: readonly Round<A, B>[],
  ofA: (a: A) => number,
  ofB: (b: B) => number,
): number {
  const distance = (first: number, second: number) => Math.abs(first / second - 1)
  const pairs = rounds.flatMap(({ a, b }) => [
    distance(ofA(a[0]), ofA(a[1])),
    distance(ofB(b[0]), ofB(b[1])),
  ])
  return (2 * 1.25 * 1.48 * median(pairs)) / Math.sqrt(2 * rounds.length)
}
