using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Reflection;
using System.Text;
using System.Threading;
using TunStats.Cli.Arguments;
using TunStats.Cli.Commands;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Cli;

/// <summary>The program <c>tunstats</c>: a word for each command, and errors as one line on standard error.</summary>
internal static class Program
{
    private const string Summary = "Statistics of tunnel devices, from the Linux kernel.";
    private const int Failure = 1;
    private const int Usage = 2;

    private static readonly Option[] Options =
    [
        Option.Switch("--version", "Show the version."),
        Option.Switch("--man", "Write the manual page, tunstats(1)."),
        Option.Choice("--completion", "SHELL", ShellCompletion.Shells, "Write completions for bash, zsh or fish."),
    ];

    private static int Main(string[] arguments)
    {
        StandardDescriptors.OpenMissing();
        InheritedSignals.TakeInterrupt();
        InheritedSignals.IgnoreFileLimit();
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
        try
        {
            return Run(RawArguments.Restore(arguments));
        }
        catch (UsageException e)
        {
            Complain(e.Message);
            return Usage;
        }
        catch (Exception e) when (e is TunStatsException or FailureException or AppendedFileException)
        {
            Complain(e.Message);
            return Failure;
        }
        catch (DescriptorException e)
        {
            Complain(e.Message);
            return Failure;
        }
        catch (Exception e)
        {
            Complain(Unexpected(e));
            return Failure;
        }
    }

    /// <summary>Reports an error, and waits until it is written.</summary>
    internal static void Complain(string message)
    {
        // If standard error takes nothing, the error cannot be reported.
        _ = DescriptorWriter.WriteAll(StandardDescriptors.Borrow(StandardDescriptors.Error), Messages.Line(message));
    }

    /// <summary>The version, and behind a plus sign the commit that it was built from, where that is known.</summary>
    private static string? ProgramVersion() =>
        typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    /// <summary>
    /// Writes to standard output, and waits until it is written. A reader that has gone, such as head, has read
    /// enough: that is not an error of any command.
    /// </summary>
    /// <exception cref="DescriptorException">Standard output takes no more.</exception>
    internal static void Print(string text) => Print(Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// Writes to standard output, and waits until it is written. A reader that has gone, such as head, has read
    /// enough: that is not an error of any command.
    /// </summary>
    /// <exception cref="DescriptorException">Standard output takes no more.</exception>
    internal static void Print(ReadOnlySpan<byte> text)
    {
        Errno errno = DescriptorWriter.WriteAll(StandardDescriptors.Borrow(StandardDescriptors.Output), text);
        if (errno is not (Errno.None or Errno.EPIPE))
        {
            throw new DescriptorException("Writing to standard output", errno);
        }
    }

    private static int Run(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            throw new UsageException(
                "give a command: stats, poll, peers, flows, top, netlog or report; 'tunstats --help' explains them");
        }

        string word = arguments[0];
        if (ArgumentParser.IsHelp(word))
        {
            Print(HelpText.Of(Summary, AllCommands(), Options));
            return 0;
        }

        if (word == "--version")
        {
            Print($"{ProgramVersion()}\n");
            return 0;
        }

        if (word == "--man")
        {
            Print(ManualPage.Of(ProgramVersion()?.Split('+')[0] ?? "", Summary, AllCommands(), Options));
            return 0;
        }

        if (word == "--completion")
        {
            string shell = arguments.Length > 1 ? arguments[1] : "";
            Print(ShellCompletion.Of(shell, AllCommands(), Options));
            return 0;
        }

        Command command = Find(word) ?? throw new UsageException(
            word.StartsWith('-')
                ? $"there is no option '{word}' before the command; 'tunstats --help' lists the commands"
                : $"there is no command '{word}'; 'tunstats --help' lists the commands");
        if (ArgumentParser.Parse(command, arguments.AsSpan(1)) is { } parsed)
        {
            return command.Run(parsed);
        }

        Print(HelpText.Of(command));
        return 0;
    }

    // Only the command that is run is made.
    private static Command? Find(string name) => name switch
    {
        "stats" => new StatsCommand(),
        "poll" => new PollCommand(),
        "peers" => new PeersCommand(),
        "flows" => new FlowsCommand(),
        "top" => new TopCommand(),
        "netlog" => new NetLogCommand(),
        "report" => new ReportCommand(),
        _ => null,
    };

    private static List<Command> AllCommands() =>
    [
        new StatsCommand(), new PollCommand(), new PeersCommand(), new FlowsCommand(), new TopCommand(),
        new NetLogCommand(), new ReportCommand(),
    ];

    private static void OnUnhandled(object sender, UnhandledExceptionEventArgs error)
    {
        Complain(Unexpected((Exception)error.ExceptionObject));

        // Before the runtime aborts the process.
        Environment.Exit(Failure);
    }

    /// <summary>
    /// What the runtime was refused, else a defect, without its type or stack: the id is the same each time.
    /// </summary>
    private static string Unexpected(Exception exception)
    {
        // What a callback of a cancelled token throws.
        if (exception is AggregateException { InnerException: { } inner })
        {
            return Unexpected(inner);
        }

        uint hash = 2166136261;
        foreach (char c in $"{exception.GetType().FullName} {exception.HResult} {exception.Message}")
        {
            hash = (hash ^ c) * 16777619;
        }

        return exception switch
        {
            OutOfMemoryException or ThreadStartException =>
                "the kernel gave no memory or no further thread; end other programs or raise the limits "
                + "(ulimit -u, ulimit -v)",
            DescriptorException e => e.Message,
            Win32Exception e => $"the kernel refused a resource: {Libc.ErrorText((Errno)e.NativeErrorCode)}",
            _ when FileErrors.IsFileError(exception) && FileErrors.ErrnoOf(exception) is not Errno.None and var errno =>
                $"a file or a descriptor cannot be used: {Libc.ErrorText(errno)} (error {hash:x8})",
            _ => $"an unexpected error ended the program (error {hash:x8}); please report it with the command line",
        };
    }
}
