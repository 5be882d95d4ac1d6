/** The two messages of the Open Inference Protocol (KServe v2) over gRPC that a classifier needs, in protobuf by hand. */
export const INFER_PATH = '/inference.GRPCInferenceService/ModelInfer'

/** A framed ModelInferRequest: one picture as a tensor of one byte string. */
export function inferRequest(picture: Uint8Array): Uint8Array<ArrayBuffer> {
  const input = [text(1, 'pictures'), text(2, 'BYTES'), bytes(3, [1, 1])]
  const size = Buffer.alloc(4)
  size.writeUInt32LE(picture.length)
  const message = Buffer.concat([
    text(1, 'model'),
    bytes(5, Buffer.concat(input)),
    bytes(7, Buffer.concat([size, picture])),
  ])
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return new Uint8Array(Buffer.concat([prefix, message]))
}

/** Classes and shares of a framed ModelInferResponse with the raw tensors INT64 `classes` and FP32 `shares`. */
export function predictionOf(frame: Buffer): [number, number][] {
  const [classes, shares] = rawTensors(frame.subarray(5))
  if (classes === undefined || shares === undefined) return []
  return Array.from({ length: shares.length / 4 }, (_, place) => [
    Number(classes.readBigInt64LE(place * 8)),
    shares.readFloatLE(place * 4),
  ])
}

const text = (field: number, value: string) => bytes(field, Buffer.from(value))

function bytes(field: number, value: ArrayLike<number>): Buffer {
  return Buffer.concat([
    Buffer.from([(field << 3) | 2, ...varint(value.length)]),
    Buffer.from(value),
  ])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}

/** Each `raw_output_contents` (field 6); all fields of the message are length-delimited. */
function rawTensors(message: Buffer): Buffer[] {
  const tensors: Buffer[] = []
  let at = 0
  const next = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const tag = next()
    const length = next()
    if (tag === ((6 << 3) | 2)) tensors.push(message.subarray(at, at + length))
    at += length
  }
  return tensors
}
