using System.Threading;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>A form in which samples are written to standard output.</summary>
internal interface ISampleWriter
{
    /// <summary>Writes one sample.</summary>
    /// <exception cref="System.IO.IOException">Standard output takes no more.</exception>
    /// <exception cref="System.OperationCanceledException">The token was cancelled.</exception>
    void Write(LinkSample sample, CancellationToken cancellationToken);
}
