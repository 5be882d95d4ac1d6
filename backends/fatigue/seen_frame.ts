import type { FoundFace } from '../faces/pipeline.ts'
import type { RelativeBox } from './depth.ts'
import type { FaceMeasures } from './face_measures.ts'

export interface SeenFrame {
  face: FoundFace
  measures: FaceMeasures
  box: RelativeBox
}
