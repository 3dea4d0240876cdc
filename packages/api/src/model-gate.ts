import { z } from 'zod'

const Share = z.union([z.number(), z.string().max(32)])

/** One metric and what is asked of it. Section 2 of docs/spec/gates.md says what each field means. */
export const GateMetric = z.looseObject({
  name: z.string().min(1).max(200),
  /** `10%` or a number; `of`: absolute, relative, or error (the share of what is left to the optimum). */
  improve: z.looseObject({ by: Share, of: z.string().optional(), evidence: z.string().optional() }).optional(),
  noWorseThan: Share.optional(),
  atLeast: Share.optional(),
  atMost: Share.optional(),
})

/**
 * What a candidate must show against the model that serves today. A file of the repository (`gate.yaml`, read from the target branch for a
 * pull request) or an object in the home cluster.
 */
export const ModelGate = z.looseObject({
  apiVersion: z.literal('plimsoll.dev/v1alpha1'),
  kind: z.literal('ModelGate'),
  metadata: z.looseObject({ name: z.string().min(1).max(253), namespace: z.string().optional() }),
  spec: z.looseObject({
    /** Whose model is the incumbent: the one that an Application serves now. Absent: nothing is compared. */
    baseline: z.looseObject({ application: z.string().min(1) }).optional(),
    metrics: z.array(GateMetric).min(1).max(100),
    slices: z.looseObject({ by: z.union([z.string(), z.array(z.string())]), noWorseThan: Share }).optional(),
    /** Where a run of the gate finds what it judges, relative to the working directory; flags of `gate run` go before. */
    candidate: z
      .looseObject({
        /** The artefact: a file, or a folder. */
        model: z.string().optional(),
        /** JSON, YAML, CSV; `mlflow:RUN_ID`. */
        metrics: z.string().optional(),
        /** CSV, JSON, JSON lines. */
        predictions: z.string().optional(),
        /** Evaluation data: a file, or its `.dvc`. Its digest binds what is compared. */
        data: z.string().optional(),
        /** Training data, for the row ids that must not be in the evaluation. */
        trainedOn: z.string().optional(),
      })
      .optional(),
    /** Which columns of the predictions are what. */
    columns: z
      .looseObject({
        id: z.string().optional(),
        label: z.string().optional(),
        score: z.string().optional(),
        predicted: z.string().optional(),
        /** One column for each class, in the order of the classes. */
        probabilities: z.array(z.string()).optional(),
        value: z.string().optional(),
      })
      .optional(),
    /** Scores the incumbent again when the data has changed: argument array, with MODEL, DATA and PREDICTIONS in its environment. */
    evaluate: z.looseObject({ command: z.array(z.string()).min(1), timeoutSeconds: z.number().positive().optional() }).optional(),
  }),
})
export type ModelGate = z.infer<typeof ModelGate>

export type Verdict = 'pass' | 'fail' | 'inconclusive'
