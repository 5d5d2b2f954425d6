using TunStats.Export;
using Xunit;

namespace TunStats.Tests.Export;

public sealed class IpfixTargetTests
{
    [Theory]
    [InlineData("collector.example", "udp://collector.example:4739")]
    [InlineData("192.0.2.1:2055", "udp://192.0.2.1:2055")]
    [InlineData("UDP://localhost:1", "udp://localhost:1")]
    [InlineData("tcp://192.0.2.1", "tcp://192.0.2.1:4739")]
    [InlineData("tls://collector.example", "tls://collector.example:4740")]
    [InlineData("tls://[2001:db8::1]", "tls://[2001:db8::1]:4740")]
    [InlineData("[::1]:65535", "udp://[::1]:65535")]
    public void ReadsHostPortAndScheme(string text, string inFull)
    {
        IpfixTarget target = IpfixTarget.Parse(text);
        Assert.Equal(inFull, target.ToString());
        Assert.Equal(target, IpfixTarget.Parse(inFull));
    }

    [Theory]
    [InlineData("", "the host is missing")]
    [InlineData(":4739", "the host is missing")]
    [InlineData("host:", "'' is not a port")]
    [InlineData("host:0", "'0' is not a port")]
    [InlineData("host:65536", "'65536' is not a port")]
    [InlineData("host:+5", "'+5' is not a port")]
    [InlineData("host/path", "'host/path' is not a host name")]
    [InlineData("user@host", "'user@host' is not a host name")]
    [InlineData("ho st", "'ho st' is not a host name")]
    [InlineData("sctp://host", "the scheme has to be udp, tcp or tls")]
    [InlineData("2001:db8::1", "needs brackets")]
    [InlineData("[2001:db8::1", "within the brackets")]
    [InlineData("[192.0.2.1]:1", "within the brackets")]
    [InlineData("[::1]4739", "after ']'")]
    [InlineData("[::1]:", "'' is not a port")]
    public void RefusesWhatIsNotOne(string text, string why)
    {
        LogSinkException error = Assert.Throws<LogSinkException>(() => IpfixTarget.Parse(text));
        Assert.Equal(LogSinkErrorKind.Invalid, error.Failure);
        Assert.StartsWith($"'{text}' is not a valid IPFIX collector: ", error.Message);
        Assert.Contains(why, error.Message);
    }

    [Theory]
    [InlineData("udp://h", 999, null, null, null, "999 bytes")]
    [InlineData("udp://h", 65536, null, null, null, "65536 bytes")]
    [InlineData("tcp://h", null, "ca.pem", null, null, "'ca.pem' is of use with TLS only")]
    [InlineData("tls://h", null, null, null, "key.pem", "'key.pem' needs the file of its certificate")]
    [InlineData("tls://h", null, "/nonexistent/ca.pem", null, null, "'/nonexistent/ca.pem' cannot be used for CA")]
    [InlineData("tls://h", null, "/dev/null", null, null, "it holds no certificate")]
    [InlineData("tls://h", null, null, "/dev/null", null, "'/dev/null' cannot be used for a certificate and its key")]
    public void OptionsAreCheckedBeforeAnythingStarts(
        string target, int? bytes, string? ca, string? certificate, string? key, string why)
    {
        LogSinkException error = Assert.Throws<LogSinkException>(() => new IpfixSink(new IpfixOptions
        {
            Target = IpfixTarget.Parse(target),
            MaxMessageBytes = bytes,
            CaFile = ca,
            CertificateFile = certificate,
            KeyFile = key,
        }));
        Assert.Equal(LogSinkErrorKind.Invalid, error.Failure);
        Assert.Contains(why, error.Message);
    }
}
