import type { FoundFace } from '../faces/pipeline.ts'
import type { Box } from '../../protocol/box.ts'
import type { FaceMeasures } from './face_measures.ts'

export interface SeenFrame {
  face: FoundFace
  measures: FaceMeasures
  box: Box
}
