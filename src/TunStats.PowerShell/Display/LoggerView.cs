using System;
using System.ComponentModel;
using System.Globalization;
using System.Management.Automation;
using TunStats.PowerShell.Conversion;

namespace TunStats.PowerShell.Display;

/// <summary>The texts of the columns of a logger, for the format file alone.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class LoggerView
{
    private readonly PropertyReader _logger;

    internal LoggerView(PSObject logger) => _logger = new PropertyReader(logger);

    /// <summary>When it began, UTC.</summary>
    public string Since => _logger.Read<DateTime?>("Since") is { } since
        ? since.ToString("MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        : "";

    /// <summary>Bytes of its messages.</summary>
    public string Bytes => DisplayText.Bytes(_logger.Read<double?>("Bytes"));
}
