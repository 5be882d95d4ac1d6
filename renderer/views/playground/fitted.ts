/** Fits a picture into the stage, at most at twice its size. */
export interface Size {
  width: number
  height: number
}

export interface Area extends Size {
  left: number
  top: number
  scale: number
}

const SCALE_MAX = 2

export function fitted(picture: Size, stage: Size): Area | null {
  if (stage.width <= 0 || stage.height <= 0 || picture.width <= 0 || picture.height <= 0)
    return null
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height, SCALE_MAX)
  const width = picture.width * scale
  const height = picture.height * scale
  return {
    width,
    height,
    scale,
    left: (stage.width - width) / 2,
    top: (stage.height - height) / 2,
  }
}
