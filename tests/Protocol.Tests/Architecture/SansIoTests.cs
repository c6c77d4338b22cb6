using System.Text.RegularExpressions;

namespace Ccr.Protocol.Tests.Architecture;

/// <summary>
/// The protocol and the core do no I/O, have no threads, ask no clock and draw no lots (docs/ARCHITECTURE.md): by
/// what their assemblies refer to, so that no analyzer has to be believed.
/// </summary>
public sealed partial class SansIoTests
{
    public static TheoryData<string> Assemblies => ["Ccr.Protocol.dll", "Ccr.AtomicActions.dll"];

    [Theory, MemberData(nameof(Assemblies))]
    public void The_core_refers_to_nothing_of_the_outside(string assembly)
    {
        IReadOnlyList<string> names = AssemblyReferences.Of(Path.Combine(AppContext.BaseDirectory, assembly));
        Assert.Contains("System.Object::.ctor", names);
        Assert.DoesNotContain(names, name => Outside().IsMatch(name));
    }

    [Fact]
    public void An_assembly_that_does_is_found()
    {
        string[] found = [.. AssemblyReferences.Of(typeof(SansIoTests).Assembly.Location)
            .Where(name => Outside().IsMatch(name))];
        Assert.Contains("System.IO.File", found);
        Assert.Contains("System.Random", found);
        Assert.Contains("System.Diagnostics.Stopwatch::GetTimestamp", found);
    }

    [Theory]
    [InlineData("System.Net.Sockets.Socket", true)]
    [InlineData("System.Threading.Tasks.Task`1::get_Result", true)]
    [InlineData("System.DateTime::get_UtcNow", true)]
    [InlineData("System.Guid::NewGuid", true)]
    [InlineData("System.Environment::get_TickCount64", true)]
    [InlineData("System.DateTime", false)]
    [InlineData("System.TimeSpan", false)]
    [InlineData("System.Environment::get_NewLine", false)]
    public void The_outside_is_told_by_its_names(string name, bool outside) =>
        Assert.Equal(outside, Outside().IsMatch(name));

    [GeneratedRegex(
        @"^System\.(IO|Net|Threading|Security\.Cryptography)\.|^System\.Runtime\.CompilerServices\.Async"
        + @"|^System\.(Random|TimeProvider|Console|HashCode)\b|^System\.Diagnostics\.(Stopwatch|Process)\b"
        + @"|^System\.DateTime(Offset)?::get_(Utc)?Now$|^System\.Guid::NewGuid$|^System\.String::GetHashCode$"
        + @"|^System\.Environment::(get_TickCount(64)?|GetEnvironmentVariable.*|Exit|FailFast)$")]
    private static partial Regex Outside();
}
