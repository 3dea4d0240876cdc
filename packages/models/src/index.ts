/**
 * Models and their proof: what an artefact is, what it shows against the model that serves, and the report of it.
 *
 * Terminology
 * - artefact: a model as it was handed over, by digest. - candidate: what is proposed. - incumbent, baseline: what serves now.
 * - evaluation: figures and rows of one model on one set of data. - gate: what a candidate must show. - verdict: pass, fail, inconclusive.
 * - gain: how much better, positive is better. - slice: a part of the rows that is looked at by itself.
 */
export * from './contract.ts'
export { createModels, type ModelsContext } from './service/create-models.ts'
export { judge, type Judgement } from './service/judge.ts'
export { documentText, evaluationOf } from './service/evaluation-document.ts'
export { localArtifact, digestOfFile } from './artifacts/local-artifact.ts'
export { folderDigest } from './artifacts/artifact-digest.ts'
export { maxRowsBytes, readTextFile } from './readings/text-file.ts'
export { readMetrics } from './readings/metrics-file.ts'
export { doubledRowId, readPredictions, readRowIds } from './readings/predictions-file.ts'
export { reportMarkdown } from './reports/report-markdown.ts'
export { readGateRules } from './gate/gate-rules.ts'
export { readMlflowRun, type MlflowAccess, type MlflowRun } from './mlflow/mlflow-run.ts'
export { fetchMlflowArtifact } from './mlflow/mlflow-artifact.ts'
export { isMlflowReference } from './mlflow/mlflow-reference.ts'
export { readDvcFile, readDvcLock, remotePath, type DvcOutput } from './dvc/dvc-outputs.ts'
export { dvcFolderText, readDvcFolder, type DvcFolderFile } from './dvc/dvc-folder.ts'
export { readDvcRemote, type DvcRemote } from './dvc/dvc-config.ts'
export { legacyMd5 } from './dvc/dvc-digest.ts'
