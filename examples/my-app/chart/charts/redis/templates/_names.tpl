{{- define "redis.host" -}}
{{ printf "%s-redis-master" .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end -}}
