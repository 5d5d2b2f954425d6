using TunStats.Polling;


namespace TunStats.Cli.Commands;

/// <summary>A form in which samples are written to standard output.</summary>
internal interface ISampleWriter
{
    /// <summary>Queues one sample; never waits.</summary>
    void Write(LinkSample sample);
}
