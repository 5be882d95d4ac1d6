import { z } from 'zod'
import { messageParts, messageSchema } from './messages.ts'

const portSchema = z.object({
  name: z.string(),
  /** `float32`; null for anything that is not a tensor. */
  type: z.string().nullable(),
  /** A number, the name of an open axis, or null for an axis without either. */
  shape: z.array(z.union([z.number(), z.string(), z.null()])),
})

/** The operator that computes an output's values: `Softmax` even if a `Reshape` follows it. */
const outputPortSchema = portSchema.extend({ operator: z.string().nullable().default(null) })

export const onnxHeaderSchema = z.object({
  ir_version: z.number().int(),
  producer: z.string(),
  graph: z.string(),
  opsets: z.array(z.object({ domain: z.string(), version: z.number().int() })),
  metadata: z.record(z.string(), z.string()),
  inputs: z.array(portSchema),
  outputs: z.array(outputPortSchema),
  nodes: z.number().int(),
  /** Nodes by operator, the most frequent first. */
  operators: z.array(z.object({ operator: z.string(), nodes: z.number().int() })),
  weight_bytes: z.number().int(),
  /** Weights files: `location` relative to the model's folder, and the minimum size. */
  external_data: z.array(z.object({ location: z.string(), bytes: z.number().int() })).default([]),
})
export type OnnxHeader = z.infer<typeof onnxHeaderSchema>

export const modelInspectionSchema = z.object({
  name: z.string(),
  /** null: the backend does not report it. */
  path: z.string().nullable(),
  bytes: z.number().int().nullable(),
  modified_at: z.number().nullable(),
  sha256: z.string().nullable(),
  loaded_sha256: z.string(),
  header: onnxHeaderSchema.nullable(),
  problem: messageSchema.nullable(),
})
export type ModelInspection = z.infer<typeof modelInspectionSchema>
export const modelsInspectionSchema = z.object({ models: z.array(modelInspectionSchema) })

export const PROFILE_RUNS_MAX = 200
export const modelProfileParamsSchema = z.object({
  name: z.string(),
  model: z.string(),
  runs: z.int().min(1).max(PROFILE_RUNS_MAX),
})

export const nodeProfileSchema = z.object({
  name: z.string(),
  operator: z.string(),
  provider: z.string(),
  /** Mean over the runs, in microseconds. */
  mean_us: z.number(),
})

export const modelProfileSchema = z.object({
  runs: z.number().int(),
  /** Slowest first, after onnxruntime's graph optimisations. */
  nodes: z.array(nodeProfileSchema),
  total_us: z.number(),
})
export type ModelProfile = z.infer<typeof modelProfileSchema>

/** A built-in model file that would fail to load. */
export const modelFaultSchema = z.object({
  file: z.string(),
  is_missing: z.boolean(),
  /** `convert`: `npm run models` makes it again. `restore`: it is part of the sources. */
  remedy: z.enum(['convert', 'restore']),
  /** With full path, reason and remedy. */
  message: z.string(),
  ...messageParts,
})
export type ModelFault = z.infer<typeof modelFaultSchema>

export const modelCheckSchema = z.object({
  files: z.int(),
  bytes: z.int(),
  /** null: all files exist and are unchanged. */
  fault: modelFaultSchema.nullable(),
})
export type ModelCheck = z.infer<typeof modelCheckSchema>
