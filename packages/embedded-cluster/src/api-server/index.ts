export { createApiServer, type ApiServer, type ApiServerOptions } from './create-api-server.ts'
