namespace TunStats.Export;

/// <summary>The form in which a collector takes messages over HTTP.</summary>
public enum HttpFormat
{
    /// <summary>One object a line (application/x-ndjson), for any collector.</summary>
    Ndjson,

    /// <summary>Grafana Loki: <c>/loki/api/v1/push</c>, one stream per host.</summary>
    Loki,

    /// <summary>
    /// The bulk API of Elasticsearch and OpenSearch: documents with <c>@timestamp</c> and an id of their own, so that
    /// a repeated one is refused there and not doubled.
    /// </summary>
    Elasticsearch,

    /// <summary>Splunk's HTTP Event Collector: <c>/services/collector/event</c>.</summary>
    SplunkHec,

    /// <summary>
    /// ClickHouse's HTTP interface: INSERT … FORMAT JSONEachRow, a row a message, with a deduplication token.
    /// </summary>
    ClickHouse,

    /// <summary>Vector's <c>http_server</c> source with the framing newline_delimited and the codec json.</summary>
    Vector,
}
