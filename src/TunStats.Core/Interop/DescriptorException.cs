using System.IO;

namespace TunStats.Interop;

/// <summary>
/// The kernel refused an operation on a descriptor: waiting for it, reading it or writing it. HResult is the error
/// number, as in the framework's own errors of files.
/// </summary>
public sealed class DescriptorException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="operation">What failed, as the start of a sentence, such as "Waiting for input".</param>
    /// <param name="errno">The kernel's reason.</param>
    public DescriptorException(string operation, Errno errno)
        : base($"{operation} failed: {Libc.ErrorText(errno)} ({errno}).", (int)errno) =>
        (Operation, Errno) = (operation, errno);

    /// <summary>What failed, as the start of a sentence.</summary>
    public string Operation { get; }

    /// <summary>The kernel's reason.</summary>
    public Errno Errno { get; }
}
