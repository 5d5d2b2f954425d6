using System.ComponentModel;
using System.Management.Automation;
using TunStats.NetLog;
using TunStats.PowerShell.Conversion;

namespace TunStats.PowerShell.Display;

/// <summary>The text of a network log message for windows of several widths, for the format file alone.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class MessageView
{
    private readonly NetLogMessage _message;

    internal MessageView(PSObject message) => _message = message.BaseObject as NetLogMessage
        ?? (NetLogMessage)new MessageConverter().ConvertFrom(message, typeof(NetLogMessage), null!, ignoreCase: false);

    /// <summary>For windows of 80 columns.</summary>
    public string Narrow => Format(80);

    /// <summary>For windows of 120 columns.</summary>
    public string Medium => Format(120);

    /// <summary>For windows of 160 columns.</summary>
    public string Wide => Format(160);

    // A terminal starts a new line after its last column.
    private string Format(int columns) =>
        NetLogText.Format(_message, new NetLogTextOptions { MaxWidth = columns - 1 });
}
