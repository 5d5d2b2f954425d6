using System;
using System.Text;
using System.Threading;
using TunStats.Cli.Arguments;
using TunStats.IO;
using TunStats.Interop;
using TunStats.NetLog;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats netlog --read</c>: messages as tables for people.</summary>
internal static class NetLogReadRun
{
    /// <summary>Shows a file.</summary>
    /// <param name="path">Its path; <c>-</c> for standard input.</param>
    /// <returns>The exit code: 1 where something in it is not a message, else 0.</returns>
    internal static int Run(string path)
    {
        using NetLogReader reader = Open(path);
        using var output = new DescriptorOutput(
            StandardDescriptors.Borrow(StandardDescriptors.Output), TimeProvider.System);
        var errors = new ErrorLimit(InputFile.NameOf(path), error =>
        {
            output.Flush(CancellationToken.None);
            Program.Complain(error.Message);
        });
        byte[] bytes = [];
        var options = new NetLogTextOptions { TimeZone = TimeZoneInfo.Local };
        try
        {
            while (reader.TryRead(out NetLogMessage? message, out NetLogFormatException? error))
            {
                if (error is not null)
                {
                    errors.Add(error);
                    continue;
                }

                NetLogText.Write(message!, options, WriteText);
            }

            output.Flush(CancellationToken.None);
            errors.Complete();
        }
        catch (DescriptorException e) when (e.Errno == Errno.EPIPE)
        {
            // Whoever read the tables has read enough.
        }
        catch (Exception e) when (FileErrors.IsFileError(e) && e is not DescriptorException)
        {
            throw new FailureException(FileErrors.Describe(e, path));
        }

        return errors.Count == 0 ? 0 : 1;

        void WriteText(ReadOnlyMemory<char> text)
        {
            int most = Encoding.UTF8.GetMaxByteCount(text.Length);
            bytes = bytes.Length < most ? new byte[most] : bytes;
            output.Write(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text.Span, bytes)), CancellationToken.None);
        }
    }

    private static NetLogReader Open(string path)
    {
        try
        {
            return NetLogReader.Open(path);
        }
        catch (Exception e) when (FileErrors.IsFileError(e))
        {
            throw new FailureException(FileErrors.Describe(e, path));
        }
    }
}
