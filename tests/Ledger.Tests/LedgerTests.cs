namespace Ccr.Ledger.Tests;

/// <summary>The ledger says what the runs left, and nothing else.</summary>
public sealed class LedgerTests
{
    [Fact]
    public void The_page_is_what_the_kept_evidence_gives() =>
        Assert.Equal(Book.Render(), File.ReadAllText(Book.PagePath));

    [Fact]
    public void A_run_is_written_as_evidence_and_read_back_as_a_row()
    {
        string folder = Directory.CreateTempSubdirectory("ccr-ledger-").FullName;
        string? before = Environment.GetEnvironmentVariable("CCR_EVIDENCE");
        string? commit = Environment.GetEnvironmentVariable("CCR_EVIDENCE_COMMIT");
        try
        {
            Environment.SetEnvironmentVariable("CCR_EVIDENCE", folder);
            Environment.SetEnvironmentVariable("CCR_EVIDENCE_COMMIT", "abc1234");
            new Evidence.Evidence("explorer", "two subordinates").Count("distinct states", 1_234_567).Write();
            Entry entry = Entry.Read(Assert.Single(Directory.GetFiles(folder)));
            Assert.StartsWith(
                "| explorer | two subordinates | 1,234,567 distinct states | nothing |", entry.Row(),
                StringComparison.Ordinal);
            Assert.Contains("| abc1234 |", entry.Row(), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("CCR_EVIDENCE", before);
            Environment.SetEnvironmentVariable("CCR_EVIDENCE_COMMIT", commit);
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void What_is_no_evidence_is_refused_with_its_name()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "{\"layer\": 1}");
            Assert.Contains(file, Assert.Throws<FormatException>(() => Entry.Read(file)).Message,
                StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
