using System;
using System.Diagnostics;
using System.IO;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using TunStats.Tests.Polling;
using TunStats.Views;
using Xunit;

namespace TunStats.Tests.Views;

/// <summary>The report as Chromium shows it.</summary>
public sealed class ReportInBrowserTests : IDisposable
{
    // Measures the report in a frame, which is what a screen of that width is to it.
    private const string Measure = """
        <!DOCTYPE html><meta charset="utf-8"><body><pre></pre><iframe src="report.html" height="800"></iframe><script>
        const frame = document.querySelector('iframe'), results = {};
        frame.addEventListener('load', () => {
          const page = frame.contentDocument;
          for (const width of [360, 900, 1600]) {
            frame.style.width = width + 'px';
            const shown = selector => [...page.querySelectorAll(selector)].filter(e => e.getClientRects().length > 0);
            results[width] = {
              overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth,
              matrices: shown('svg.matrix').length,
              outside: shown('section > *, figure > svg, dl > div').filter(
                e => e.getBoundingClientRect().right > width + 1 && !e.closest('.scroll')).length,
              empty: shown('section, table, svg.chart').filter(e => e.getBoundingClientRect().height < 20).length,
              flat: shown('svg.chart path').filter(e => e.getBBox().height === 0).length,
            };
          }
          const table = page.querySelector('#peers table'), bytes = () => [...table.tBodies[0].rows].map(
            row => Number(row.cells[3].dataset.v));
          results.before = bytes();
          table.tHead.rows[0].cells[3].querySelector('button').click();
          results.after = bytes();
          results.sorted = table.tHead.rows[0].cells[3].getAttribute('aria-sort');
          results.requests = frame.contentWindow.performance.getEntriesByType('resource').length;
          results.unnamed = page.querySelectorAll('[role=region]:not([aria-label]):not([aria-labelledby]), '
            + 'svg[role=img]:not([aria-label])').length;
          document.querySelector('pre').textContent = JSON.stringify(results);
        });
        </script>
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-report-");

    public void Dispose() => _folder.Delete(recursive: true);

    [ToolFact("chromium")]
    public async Task PageFitsEveryWidthAndSortsWithoutAnErrorOrARequest()
    {
        var report = new TunReport();
        report.Add(TunReportTests.Message("<b>laptop</b>" + new string('x', 100)));
        for (uint i = 0; i < 200; i++)
        {
            report.Add(TunReportTests.Flow(0x64400001 + i, 0x64400001 + (i * 7 % 200), 1000 + (i * i)));
        }

        report.AddSample("wg0", DateTime.UnixEpoch.AddYears(56), TimeSpan.FromMinutes(1), new(1, 2, 3, 4, 5, 6));
        File.WriteAllText(Path.Combine(_folder.FullName, "report.html"), report.ToHtml());
        File.WriteAllText(Path.Combine(_folder.FullName, "measure.html"), Measure);

        (string dom, string log) = await RunChromiumAsync();

        Assert.DoesNotContain("CONSOLE", log, StringComparison.Ordinal);
        string json = Regex.Match(dom, "<pre>(.*?)</pre>").Groups[1].Value;
        JsonElement results = JsonDocument.Parse(json).RootElement;
        foreach (string width in (string[])["360", "900", "1600"])
        {
            JsonElement measured = results.GetProperty(width);
            Assert.Equal("""{"overflow":0,"matrices":1,"outside":0,"empty":0,"flat":0}""", measured.GetRawText());
        }

        int[] before = results.GetProperty("before").Deserialize<int[]>()!;
        int[] after = results.GetProperty("after").Deserialize<int[]>()!;
        Assert.Equal("ascending", results.GetProperty("sorted").GetString());
        Array.Reverse(after);
        Assert.Equal(before, after);
        Assert.True(before[0] > before[^1]);
        Assert.Equal(0, results.GetProperty("unnamed").GetInt32());
        Assert.Equal(0, results.GetProperty("requests").GetInt32());
    }

    private async Task<(string Dom, string Log)> RunChromiumAsync()
    {
        var start = new ProcessStartInfo("chromium")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--allow-file-access-from-files",
            "--enable-logging=stderr", "--virtual-time-budget=5000",
            $"--user-data-dir={Path.Combine(_folder.FullName, "profile")}", "--window-size=1700,900", "--dump-dom",
            $"file://{_folder.FullName}/measure.html",
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        using Process chromium = Process.Start(start)!;
        Task<string> dom = chromium.StandardOutput.ReadToEndAsync(), log = chromium.StandardError.ReadToEndAsync();
        await chromium.WaitForExitAsync();
        return (await dom, await log);
    }
}
