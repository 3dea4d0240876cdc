export { createApiServer, type ApiServer, type ApiServerOptions, type ListeningApi } from './create-api-server.ts'
