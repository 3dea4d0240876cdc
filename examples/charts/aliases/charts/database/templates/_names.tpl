{{- define "database.name" -}}
{{ .Release.Name }}-{{ .Chart.Name }}-{{ .Values.size }}
{{- end }}
