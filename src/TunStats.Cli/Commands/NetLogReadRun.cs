using System;
using System.IO;
using System.Text;
using System.Threading;
using TunStats.Interop;
using TunStats.NetLog;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats netlog --read</c>: messages as tables for people.</summary>
internal static class NetLogReadRun
{
    private const int StandardOutput = 1;

    /// <summary>Shows a file.</summary>
    /// <param name="path">Its path; <c>-</c> for standard input.</param>
    /// <returns>The exit code: 1 where something in it is no message, else 0.</returns>
    internal static int Run(string path)
    {
        using NetLogReader reader = path == "-"
            ? new NetLogReader(Console.OpenStandardInput(), "standard input")
            : NetLogReader.Open(path);
        using var output = new DescriptorOutput(new SafeFileDescriptor(StandardOutput), TimeProvider.System);
        var text = new StringBuilder();
        var options = new NetLogTextOptions { TimeZone = TimeZoneInfo.Local };
        try
        {
            while (reader.TryRead(out NetLogMessage? message, out NetLogFormatException? error))
            {
                if (error is not null)
                {
                    output.Flush(CancellationToken.None);
                    Program.Complain(error.Message);
                    continue;
                }

                text.Clear();
                NetLogText.Append(text, message!, options);
                output.Write(Encoding.UTF8.GetBytes(text.ToString()), CancellationToken.None);
            }

            output.Flush(CancellationToken.None);
        }
        catch (IOException e) when (e.HResult == (int)Errno.EPIPE)
        {
            // Whoever read the tables has read enough.
        }

        return reader.ErrorsFound == 0 ? 0 : 1;
    }
}
