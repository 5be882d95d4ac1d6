type Point = readonly [x: number, y: number]

export interface FaceMesh {
  /** 468 points in pixels, in the order of the MediaPipe face mesh; y grows downward. */
  points: readonly Point[]
  /** Depth of each point in the same unit, smaller is nearer. */
  depths: ArrayLike<number>
}

export interface FaceMeasures {
  /** Eye aspect ratio, mean of both eyes; about 0.3 open, near 0 shut. */
  ear: number
  earRight: number
  earLeft: number
  /** Mouth aspect ratio: height of the opening over its width. */
  mar: number
  /** Degrees; positive = chin to chest. Relative: the mesh's depth is not metric. */
  pitchDeg: number
}

/** p1..p6 of Soukupova & Cech 2016, "Real-Time Eye Blink Detection using Facial Landmarks", fig. 1. */
const RIGHT_EYE = [33, 160, 158, 133, 153, 144] as const
const LEFT_EYE = [362, 385, 387, 263, 373, 380] as const
/** Inner lips: middle of the upper and lower one, then the corners. */
const MOUTH = [13, 14, 78, 308] as const
const FOREHEAD = 10
const CHIN = 152

export function measureFace(mesh: FaceMesh): FaceMeasures {
  const earRight = eyeAspectRatio(mesh, RIGHT_EYE)
  const earLeft = eyeAspectRatio(mesh, LEFT_EYE)
  const [upper, lower, cornerA, cornerB] = MOUTH
  return {
    ear: (earRight + earLeft) / 2,
    earRight,
    earLeft,
    mar: ratio(distance(mesh, upper, lower), distance(mesh, cornerA, cornerB)),
    pitchDeg: pitchOf(mesh),
  }
}

/** EAR = (|p2 p6| + |p3 p5|) / (2 |p1 p4|), equation 1 there. */
function eyeAspectRatio(
  mesh: FaceMesh,
  [p1, p2, p3, p4, p5, p6]: readonly [number, number, number, number, number, number],
): number {
  return ratio(distance(mesh, p2, p6) + distance(mesh, p3, p5), 2 * distance(mesh, p1, p4))
}

/** Angle of the line from forehead to chin in the plane of depth and height. */
function pitchOf(mesh: FaceMesh): number {
  const height = distance(mesh, FOREHEAD, CHIN)
  const depth = (mesh.depths[CHIN] ?? 0) - (mesh.depths[FOREHEAD] ?? 0)
  return (Math.atan2(depth, height) * 180) / Math.PI
}

function distance({ points }: FaceMesh, from: number, to: number): number {
  const a = points[from]
  const b = points[to]
  if (a === undefined || b === undefined) throw new Error(`the mesh has no point ${from} or ${to}`)
  return Math.hypot(a[0] - b[0], a[1] - b[1])
}

/** 0 for a face so small that its points coincide. */
const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : 0)
