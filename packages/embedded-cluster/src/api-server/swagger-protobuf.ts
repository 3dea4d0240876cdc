/** The media type in which kubectl asks for OpenAPI v2, and the only one it reads. */
export const swaggerProtobufType = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'

function textField(number: number, text: string): Buffer {
  const bytes = Buffer.from(text)
  // Short texts and small numbers only: one byte holds each.
  return Buffer.concat([Buffer.of((number << 3) | 2, bytes.length), bytes])
}

/** The same in an answer: `@` is no character of a media type, and Go refuses to read it (kube-openapi `pkg/handler`). */
export const swaggerAnswerType = swaggerProtobufType.replace('@', '.')

/**
 * A gnostic `openapi.v2.Document` that describes no kind. kubectl asks for it only when version 3 does not know a kind, to find that version 2
 * does not either; then it says that there is no such kind, where otherwise it would complain about the document.
 */
export function emptySwagger(version: string): Buffer {
  const info = Buffer.concat([textField(1, 'Kubernetes'), textField(2, version)])
  return Buffer.concat([textField(1, '2.0'), Buffer.of((2 << 3) | 2, info.length), info, Buffer.of((8 << 3) | 2, 0)])
}
