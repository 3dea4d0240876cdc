import { RenderError } from '../../engine/tree.ts'
import type { JsonValue } from '../json.ts'
import { isClusterScoped } from '../scope.ts'
import { builtInSchemaFor } from './built-in-schema.ts'
import { OpenApiDocument } from './document-schema.ts'
import type { PatchSchema, SchemaSource } from './patch-schema.ts'

/** The only version that kustomize 5.6 and 5.7 carry. */
export const builtInVersion = 'v1.21.2'

/**
 * What one build knows of types, as kyaml keeps it in its globals: an own document (`openapi.path`) takes the place of the built-in types,
 * unless these were asked for before it was met.
 */
export class OpenApi implements SchemaSource {
  #document: OpenApiDocument | undefined
  #unread: JsonValue | undefined
  #isSet = false
  #knowsBuiltIn = false

  /**
   * Takes `openapi` of a kustomization. The first one that says something counts; the root (`isRoot`) is asked before all others. `document` is
   * what stands at `openapi.path`. Throws `RenderError` in kustomize's words.
   */
  use(openapi: { version?: string | undefined } | undefined, document: JsonValue | undefined, isRoot: boolean): void {
    if (this.#isSet && !isRoot) return
    const version = openapi?.version
    if (document !== undefined) {
      if (version !== undefined) throw new RenderError('builtin version and custom schema provided, cannot use both')
      this.#unread = document
      this.#isSet = true
    } else if (version !== undefined && version !== '') {
      if (version !== builtInVersion) {
        throw new RenderError('the specified OpenAPI version is not built in', { remedy: `Write ${builtInVersion}, or leave it out.` })
      }
      this.#isSet = true
    }
  }

  schemaFor(apiVersion: string, kind: string): PatchSchema | undefined {
    this.#read()
    return this.#document?.schemaFor(apiVersion, kind) ?? (this.#knowsBuiltIn ? builtInSchemaFor(apiVersion, kind) : undefined)
  }

  /** Whether the kind is known to be outside of namespaces. */
  isClusterScoped(apiVersion: string, kind: string): boolean {
    if (isClusterScoped(apiVersion, kind)) return true
    this.#read()
    return this.#document?.isNamespaced(apiVersion, kind) === false
  }

  /** The document is read when something is first asked of it: one that is wrong but never needed does not fail. */
  #read(): void {
    if (this.#unread !== undefined) {
      this.#document = new OpenApiDocument(this.#unread)
      this.#unread = undefined
    } else if (this.#document === undefined) {
      this.#knowsBuiltIn = true
    }
  }
}
