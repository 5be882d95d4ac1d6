/** All faults, in the order in which they are run: by the life of a process first, then what it says, then what surrounds it. */
import { EXIT_FAULTS } from './exits.ts'
import type { Fault } from './fault.ts'
import { HANG_FAULTS } from './hangs.ts'
import { OUTPUT_FAULTS, MEMORY_FAULTS } from './output.ts'
import { PARENT_FAULTS } from './parent.ts'
import { PONG_FAULTS } from './pongs.ts'
import { SURROUNDING_FAULTS } from './surroundings.ts'

export const FAULTS: readonly Fault[] = [
  ...EXIT_FAULTS,
  ...HANG_FAULTS,
  ...OUTPUT_FAULTS,
  ...PONG_FAULTS,
  ...MEMORY_FAULTS,
  ...SURROUNDING_FAULTS,
  ...PARENT_FAULTS,
]
