using System;
using System.Globalization;

namespace TunStats.Metrics;

/// <summary>Chooses the text format by an Accept header.</summary>
internal static class MetricsAccept
{
    private const string OpenMetrics = "application/openmetrics-text";
    private const string PlainText = "text/plain";

    /// <summary>
    /// OpenMetrics if it is named in a supported version and has no lower quality than plain text; otherwise the
    /// Prometheus text, which every reader accepts.
    /// </summary>
    internal static MetricsFormat Choose(string accept)
    {
        double open = 0, plain = 0;
        foreach (string range in accept.Split(','))
        {
            string[] parts = range.Split(';', StringSplitOptions.TrimEntries);
            bool isSpoken = true;
            double quality = 1;
            foreach (string parameter in parts.AsSpan(1))
            {
                int equals = parameter.IndexOf('=', StringComparison.Ordinal);
                string name = equals < 0 ? parameter : parameter[..equals].TrimEnd();
                string value = equals < 0 ? "" : parameter[(equals + 1)..].Trim().Trim('"');
                if (name.Equals("q", StringComparison.OrdinalIgnoreCase))
                {
                    _ = double.TryParse(
                        value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out quality);
                }
                else if (name.Equals("version", StringComparison.OrdinalIgnoreCase))
                {
                    isSpoken = value is "1.0.0" or "0.0.1";
                }
            }

            if (parts[0].Equals(OpenMetrics, StringComparison.OrdinalIgnoreCase) && isSpoken)
            {
                open = Math.Max(open, quality);
            }
            else if (parts[0].Equals(PlainText, StringComparison.OrdinalIgnoreCase))
            {
                plain = Math.Max(plain, quality);
            }
        }

        return open > 0 && open >= plain ? MetricsFormat.OpenMetrics : MetricsFormat.Prometheus;
    }

    /// <summary>Whether an Accept-Encoding header accepts gzip, by name or by <c>*</c>.</summary>
    internal static bool AllowsGzip(string acceptEncoding)
    {
        double named = -1, any = 0;
        foreach (string coding in acceptEncoding.Split(','))
        {
            string[] parts = coding.Split(';', StringSplitOptions.TrimEntries);
            double quality = 1;
            if (parts.Length > 1 && parts[1].StartsWith("q=", StringComparison.OrdinalIgnoreCase))
            {
                _ = double.TryParse(
                    parts[1].AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out quality);
            }

            switch (parts[0].ToUpperInvariant())
            {
                case "GZIP" or "X-GZIP":
                    named = quality;
                    break;
                case "*":
                    any = quality;
                    break;
            }
        }

        return named > 0 || (named < 0 && any > 0);
    }
}
