using Ccr.Conformance.Support;

namespace Ccr.Conformance;

/// <summary>Two independent compilers take every module of asn1/.</summary>
public sealed class ModuleTests
{
    [Fact]
    public async Task Asn1c_takes_all_modules_together()
    {
        using ScratchFolder scratch = new();
        string printed = await Tool.RunAsync(scratch.Path, "asn1c", ["-E", "-F", .. scratch.CopyModules()]);
        Assert.DoesNotContain("WARNING", printed, StringComparison.Ordinal);
        Assert.Contains("CCR-APDUS ::= ", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asn1c_refuses_a_module_with_a_mistake()
    {
        using ScratchFolder scratch = new();
        IReadOnlyList<string> modules = scratch.CopyModules();
        string text = await File.ReadAllTextAsync(scratch["CCR.asn1"]);
        await File.WriteAllTextAsync(
            scratch["CCR.asn1"], text.Replace("Side   ::=", "Sida   ::=", StringComparison.Ordinal));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Tool.RunAsync(scratch.Path, "asn1c", ["-E", "-F", .. modules]));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Erlang_takes_every_module()
    {
        using ScratchFolder scratch = new();
        foreach (string module in scratch.CopyModules())
        {
            string printed = await Tool.RunAsync(scratch.Path, "erlc", "-I", ".", "+ber", module);
            Assert.Equal("", printed);
            Assert.True(File.Exists(scratch[Path.ChangeExtension(module, ".beam")]));
        }
    }
}
