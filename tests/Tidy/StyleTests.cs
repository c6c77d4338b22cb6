namespace Ccr.Tidy;

/// <summary>Style as a test: no rule here rests on memory.</summary>
public sealed class StyleTests
{
    private static IEnumerable<SourceFile> Written => Repository.Files.Where(f => !f.IsIn("tests/Tidy"));

    private static IEnumerable<SourceFile> Product =>
        Repository.CSharp.Where(f => f.IsIn("src") || f.IsIn("bench") || f.IsIn("samples"));

    [Fact]
    public void Lines_fit_120_columns() => Finding.None(Repository.Files.SelectMany(StyleRules.LongLines));

    [Fact]
    public void A_file_has_one_subject_and_at_most_500_lines() =>
        Finding.None(Repository.Files.SelectMany(StyleRules.LongFile));

    [Fact]
    public void A_method_fits_a_screen() => Finding.None(Repository.CSharp.SelectMany(StyleRules.LongMethods));

    [Fact]
    public void No_unfinished_work_foreign_words_or_machine_paths() =>
        Finding.None(Written.SelectMany(StyleRules.BannedWords));

    [Fact]
    public void No_error_is_swallowed() => Finding.None(Repository.CSharp.SelectMany(StyleRules.SwallowedErrors));

    [Fact]
    public void No_thread_waits_for_asynchronous_work() => Finding.None(Product.SelectMany(StyleRules.BlockingWaits));

    [Fact]
    public void No_test_sleeps_or_is_skipped() => Finding.None(
        Repository.CSharp.Where(f => f.IsIn("tests") && !f.IsIn("tests/Tidy")).SelectMany(StyleRules.SleepsAndSkips));
}
