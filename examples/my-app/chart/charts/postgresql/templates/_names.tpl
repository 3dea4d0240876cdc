{{- define "postgresql.host" -}}
{{ printf "%s-postgresql" .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- define "postgresql.secret" -}}
{{ .Values.auth.existingSecret | default (include "postgresql.host" .) }}
{{- end -}}
{{- define "postgresql.selector" -}}
app.kubernetes.io/name: postgresql
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}
