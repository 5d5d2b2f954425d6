using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace TunStats.Lab;

/// <summary>Sends into a tunnel at a steady rate until it is disposed, and remembers when.</summary>
public sealed class SteadyTraffic : IDisposable
{
    private readonly LabTunnel _tunnel;
    private readonly int _perSecond;
    private readonly List<DateTime> _sent = [];
    private readonly Thread _thread;
    private volatile bool _isStopped;

    /// <summary>Begins to send.</summary>
    /// <param name="tunnel">The tunnel.</param>
    /// <param name="perSecond">Packets per second; 0 for as many as this machine sends.</param>
    public SteadyTraffic(LabTunnel tunnel, int perSecond)
    {
        _tunnel = tunnel;
        _perSecond = perSecond;
        _thread = new Thread(Send) { IsBackground = true, Name = "lab traffic" };
        _thread.Start();
    }

    /// <summary>Whether it is still sending.</summary>
    public bool IsRunning => _thread.IsAlive && !_isStopped;

    /// <summary>How many packets were sent within a stretch of time.</summary>
    public int SentBetween(DateTime start, DateTime end)
    {
        lock (_sent)
        {
            return _sent.Count(time => time >= start && time < end);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isStopped = true;
        _thread.Join();
    }

    private void Send()
    {
        long start = Environment.TickCount64;
        for (long number = 0; !_isStopped; number++)
        {
            _tunnel.Send(1);
            lock (_sent)
            {
                _sent.Add(DateTime.UtcNow);
            }

            while (_perSecond > 0 && !_isStopped
                && (Environment.TickCount64 - start) * _perSecond < (number + 1) * 1000)
            {
                Thread.Sleep(1);
            }
        }
    }
}
