using System;
using System.Text;
using TunStats.Interop;

namespace TunStats.Lab;

/// <summary>A TUN device that lives as long as this object, unless it is made to persist.</summary>
public sealed class TunDevice : IDisposable
{
    private const int IfReqSize = 40;
    private const int FlagsOffset = 16;

    private readonly SafeFileDescriptor _file;

    private TunDevice(string name, SafeFileDescriptor file)
    {
        Name = name;
        _file = file;
    }

    /// <summary>The device's name.</summary>
    public string Name { get; }

    /// <summary>Makes a TUN device in the namespace of the calling thread, or attaches to a persistent one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="hasSegments">Whether a virtio_net_hdr of 10 bytes comes before each packet.</param>
    /// <exception cref="LabException">There is no /dev/net/tun, or it may not be used.</exception>
    public static unsafe TunDevice Open(string name, bool hasSegments = false)
    {
        SafeFileDescriptor file = Libc.OpenFile(
            "/dev/net/tun", LabLibc.O_RDWR | LabLibc.O_NONBLOCK | LabLibc.O_CLOEXEC);
        if (file.IsInvalid)
        {
            throw new LabException($"/dev/net/tun cannot be opened: {Libc.ErrorText(Libc.LastError)}.");
        }

        byte* request = stackalloc byte[IfReqSize];
        new Span<byte>(request, IfReqSize).Clear();
        Encoding.ASCII.GetBytes(name, new Span<byte>(request, FlagsOffset - 1));
        int flags = LabLibc.IFF_TUN | LabLibc.IFF_NO_PI | (hasSegments ? LabLibc.IFF_VNET_HDR : 0);
        *(short*)(request + FlagsOffset) = (short)flags;
        if (LabLibc.ioctl(file, LabLibc.TUNSETIFF, request) != 0)
        {
            string why = Libc.ErrorText(Libc.LastError);
            file.Dispose();
            throw new LabException($"The TUN device {name} cannot be made: {why}.");
        }

        return new TunDevice(name, file);
    }

    /// <summary>Lets the device outlive this object, or not.</summary>
    public void Persist(bool persist)
    {
        if (LabLibc.ioctl(_file, LabLibc.TUNSETPERSIST, persist ? 1 : 0) != 0)
        {
            throw new LabException($"TUNSETPERSIST on {Name}: {Libc.ErrorText(Libc.LastError)}.");
        }
    }

    /// <summary>Takes one packet that the kernel sent through the device.</summary>
    /// <returns>Its length in bytes; 0 where none waits.</returns>
    public unsafe int Read(Span<byte> buffer)
    {
        fixed (byte* data = buffer)
        {
            nint length = Libc.read(_file, data, (nuint)buffer.Length);
            return length >= 0 ? (int)length
                : Libc.LastError == Errno.EAGAIN ? 0
                : throw new LabException($"Reading {Name}: {Libc.ErrorText(Libc.LastError)}.");
        }
    }

    /// <summary>Hands one packet to the kernel as if it came through the device.</summary>
    public unsafe void Write(ReadOnlySpan<byte> packet)
    {
        fixed (byte* data = packet)
        {
            if (Libc.write(_file, data, (nuint)packet.Length) < 0)
            {
                throw new LabException($"Writing {Name}: {Libc.ErrorText(Libc.LastError)}.");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
