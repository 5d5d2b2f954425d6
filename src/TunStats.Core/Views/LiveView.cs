using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Threading;
using TunStats.Interop;
using TunStats.IO;
using TunStats.Links;
using TunStats.Peers;
using TunStats.Polling;
using TunStats.Sessions;

namespace TunStats.Views;

/// <summary>
/// The live view of devices on the terminal of this process. Counting and polling have threads of their own; a terminal
/// that is slow holds up nothing but its picture.
/// </summary>
internal static class LiveView
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A resize shows at the latest after this.
    private static readonly TimeSpan KeyWait = TimeSpan.FromMilliseconds(250);

    /// <summary>Shows the view until the user leaves it, the token is cancelled or the terminal is gone.</summary>
    /// <param name="options">What to show.</param>
    /// <param name="cancellationToken">Ends it; the terminal is left as it was.</param>
    /// <exception cref="TunStatsException">
    /// There is no terminal or no device, the namespace may not be entered, or a prefix or route file is not valid.
    /// </exception>
    public static void Run(LiveOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Terminal.RequireOutput();
        TimeProvider timeProvider = TimeProvider.System;
        string[] names = FindDevices(options, timeProvider, cancellationToken);
        var model = new LiveModel(timeProvider);
        model.AddDevices(names.Select(LinkNamePattern.Unescape));
        var flows = new FlowSessionOptions
        {
            Inputs = [.. names.Select(name => new FlowInput(FlowInputKind.Device, name))],
            NetworkNamespace = options.NetworkNamespace,
            Interval = Interval,
            IsContinuous = true,
            Filter = options.Filter,
            Top = LiveModel.MaxRows,
            Classes = options.Classes,
            RouteHint = options.RouteHint,
            Peers = new PeerSourceOptions(),
        };
        var links = new LinkPollerOptions
        {
            Names = names,
            NetworkNamespace = options.NetworkNamespace,
            Interval = Interval,
            IsDetailed = true,
        };
        using var session = FlowSession.Open(flows, model, timeProvider, cancellationToken);
        using var poller = new LinkPoller(links, model, timeProvider);
        model.ClassifierOf = session.ClassifierOf;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var terminal = Terminal.Open(timeProvider);
        Exception? defect = null;
        Thread[] threads =
        [
            Start("TunStats live flows", () => session.Run(stop.Token)),
            Start("TunStats live links", () => poller.Run(stop.Token)),
        ];
        try
        {
            var style = new LiveStyle(options.HasColour, IsUnicode());
            Show(terminal, model, new LiveSettings { GroupBy = options.GroupBy }, style, timeProvider, stop.Token);
        }
        catch (Exception e) when (e is DescriptorException or OperationCanceledException)
        {
            // Told to end, or the terminal is gone: there is nobody to tell.
        }
        finally
        {
            stop.Cancel();
            terminal.Dispose();
            Array.ForEach(threads, thread => thread.Join());
        }

        if (defect is not null)
        {
            ExceptionDispatchInfo.Throw(defect);
        }

        Thread Start(string name, Action work)
        {
            var thread = new Thread(() =>
            {
                try
                {
                    work();
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    // Told to end.
                }
                catch (Exception e)
                {
                    // The thread's last frame: who runs the view throws it, when the terminal is as it was.
                    defect = e;
                    stop.Cancel();
                }
            })
            {
                IsBackground = true,
                Name = name,
            };
            thread.Start();
            return thread;
        }
    }

    private static void Show(
        Terminal terminal,
        LiveModel model,
        LiveSettings settings,
        LiveStyle style,
        TimeProvider timeProvider,
        CancellationToken stop)
    {
        byte[] bytes = new byte[256];
        IReadOnlyList<string> shown = [];
        (int, int) size = default;
        LiveFrame frame = model.ToFrame(settings);
        while (!settings.IsOver)
        {
            if (!settings.IsPaused)
            {
                frame = model.ToFrame(settings);
            }

            bool isResized = size != terminal.Size;
            size = terminal.Size;
            IReadOnlyList<string> lines = LiveScreen.Draw(frame, settings, size.Item1, size.Item2, style);
            terminal.Write(Changes(isResized ? [] : shown, lines), stop);
            shown = lines;
            long drawnAt = timeProvider.GetTimestamp();
            int count = 0;
            while (count == 0 && terminal.Size == size && timeProvider.GetElapsedTime(drawnAt) < Interval)
            {
                count = terminal.Read(bytes, KeyWait, stop);
            }

            foreach (string key in LiveKeys.Read(bytes.AsSpan(0, count)))
            {
                settings = settings.After(key, model.DeviceCount);
            }
        }
    }

    /// <summary>What makes the screen show the new lines: those that changed.</summary>
    private static string Changes(IReadOnlyList<string> shown, IReadOnlyList<string> lines)
    {
        var text = new StringBuilder(shown.Count == 0 ? "\u001b[2J" : "");
        for (int i = 0; i < lines.Count; i++)
        {
            if (i >= shown.Count || shown[i] != lines[i])
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\u001b[{i + 1};1H{lines[i]}\u001b[0m");
            }
        }

        return text.ToString();
    }

    private static string[] FindDevices(
        LiveOptions options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using NetworkNamespace? space = options.NetworkNamespace is { } path ? NetworkNamespace.Open(path) : null;
        using LinkClient client = LinkClient.Open(space, timeProvider);
        List<string> found = [];
        if (options.Names.Count == 0)
        {
            found.AddRange(client.ListLinks(link => link.IsTunnel, cancellationToken).Items.Select(link => link.Name));
        }

        foreach (string text in options.Names)
        {
            foreach (string name in client.SelectNames(text, cancellationToken))
            {
                found.Add(client.GetLink(name, cancellationToken).Name);
            }
        }

        return found.Count > 0
            ? [.. found.Distinct().Select(LinkNamePattern.EscapeName)]
            : throw new TunStatsException(
                ErrorKind.DeviceNotFound,
                options.Names.Count == 0
                    ? "There is no tunnel here. Name another device."
                    : $"There is no device that matches '{string.Join("' or '", options.Names)}'.");
    }

    private static bool IsUnicode()
    {
        string? locale = ((string[])["LC_ALL", "LC_CTYPE", "LANG"]).Select(Environment.GetEnvironmentVariable)
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return locale?.Replace("-", "", StringComparison.Ordinal)
            .Contains("utf8", StringComparison.OrdinalIgnoreCase) ?? false;
    }
}
