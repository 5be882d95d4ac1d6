/** Face mesh contours: oval, eyes, brows and lips. Indices of MediaPipe's 468 points. */

/** Meshes with fewer points are of another kind. */
export const MESH_POINTS_MIN = 468

/**
 * In drawing order; `isClosed` joins the last point to the first.
 * https://github.com/google-ai-edge/mediapipe/blob/master/mediapipe/python/solutions/face_mesh_connections.py
 */
export const FACE_CONTOURS: readonly { points: readonly number[]; isClosed: boolean }[] = [
  {
    isClosed: true,
    points: [
      ...[10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377],
      ...[152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109],
    ],
  },
  {
    isClosed: true,
    points: [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246],
  },
  {
    isClosed: true,
    points: [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466],
  },
  { isClosed: false, points: [70, 63, 105, 66, 107] },
  { isClosed: false, points: [300, 293, 334, 296, 336] },
  {
    isClosed: true,
    points: [
      ...[61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40],
      185,
    ],
  },
  {
    isClosed: true,
    points: [
      ...[78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80],
      191,
    ],
  },
]
