using System;
using System.Collections.Concurrent;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Lab;

/// <summary>
/// A network namespace of its own, with a thread in it that does what is to be done there. The rest of the process
/// stays where it is, and the namespace ends with this object and its devices.
/// </summary>
public sealed class PrivateNamespace : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private SafeFileDescriptor? _file;

    /// <summary>Makes the namespace, with IPv6 off so that nothing but the caller's traffic moves.</summary>
    /// <param name="ipv6">Leaves IPv6 on.</param>
    /// <exception cref="LabException">The process may not make network namespaces.</exception>
    public PrivateNamespace(bool ipv6 = false)
    {
        ExceptionDispatchInfo? error = null;
        using var entered = new ManualResetEventSlim();
        _thread = new Thread(() => Live(ipv6, e => error = e, entered)) { IsBackground = true, Name = "lab namespace" };
        _thread.Start();
        entered.Wait();
        error?.Throw();
    }

    /// <summary>A path of the namespace that this process and others can open.</summary>
    public string Path => $"/proc/{Environment.ProcessId}/fd/{_file!.DangerousGetHandle()}";

    /// <summary>Why this process cannot make a namespace with a TUN device; null where it can.</summary>
    public static string? WhyNot()
    {
        try
        {
            using var space = new PrivateNamespace();
            using TunDevice device = space.Run(() => TunDevice.Open("labprobe"));
            return null;
        }
        catch (LabException e)
        {
            return e.Message;
        }
    }

    /// <summary>Keeps IPv6 off the links that are yet to be made in the calling thread's namespace.</summary>
    public static void SwitchIpv6Off()
    {
        const string Switch = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
        if (File.Exists(Switch))
        {
            File.WriteAllText(Switch, "1");
        }
    }

    /// <summary>Opens the namespace as the core sees it.</summary>
    internal NetworkNamespace Open() => NetworkNamespace.Open(Path);

    /// <summary>Does something in the namespace.</summary>
    public T Run<T>(Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? error = null;
        using var done = new ManualResetEventSlim();
        _work.Add(() =>
        {
            try
            {
                result = action();
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                done.Set();
            }
        });
        done.Wait();
        error?.Throw();
        return result;
    }

    /// <summary>Does something in the namespace.</summary>
    public void Run(Action action) => Run(() =>
    {
        action();
        return 0;
    });

    /// <summary>Makes, changes and removes links of the namespace.</summary>
    public LabLinks OpenLinks()
    {
        using NetworkNamespace here = Open();
        return new LabLinks(here);
    }

    /// <summary>Makes and removes routes of the namespace.</summary>
    public LabRoutes OpenRoutes()
    {
        using NetworkNamespace here = Open();
        return new LabRoutes(here);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _file?.Dispose();
        _work.Dispose();
    }

    private void Live(bool ipv6, Action<ExceptionDispatchInfo> fail, ManualResetEventSlim entered)
    {
        try
        {
            if (LabLibc.unshare(LabLibc.CLONE_NEWNET) != 0)
            {
                throw new LabException($"A network namespace cannot be made here: {Libc.ErrorText(Libc.LastError)}.");
            }

            _file = Libc.OpenFile($"/proc/self/task/{LabLibc.gettid()}/ns/net", LabLibc.O_CLOEXEC);
            if (!ipv6)
            {
                SwitchIpv6Off();
            }
        }
        catch (Exception e)
        {
            fail(ExceptionDispatchInfo.Capture(e));
            return;
        }
        finally
        {
            entered.Set();
        }

        foreach (Action action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }
}
