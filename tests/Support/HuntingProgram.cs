using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Ccr.Support;

/// <summary>
/// Makes a group of tests a program that hunts for one seeded fault (docs/TESTING.md, teeth): it runs the tests in this
/// process and stops at the first that fails, which is many times quicker than the test platform where that comes soon.
/// With an argument it runs the tests of the namespaces that hold it. Ends with 0 when all passed, 1 when one failed, 2
/// when there was none.
/// </summary>
internal sealed class HuntingProgram : LongLivedMarshalByRefObject, IMessageSink
{
    private readonly List<ITestCase> _cases = [];
    private readonly TaskCompletionSource _discovered = new();
    private readonly TaskCompletionSource _ended = new();
    private int _passed;
    private int _failed;

    private static Task<int> Main(string[] args)
    {
        HuntingProgram program = new();
        return program.RunAsync(Assembly.GetExecutingAssembly(), args.Length == 0 ? "" : args[0]);
    }

    /// <inheritdoc/>
    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestCaseDiscoveryMessage found:
                _cases.Add(found.TestCase);
                break;
            case IDiscoveryCompleteMessage:
                _discovered.SetResult();
                break;
            case ITestPassed:
                Interlocked.Increment(ref _passed);
                break;
            case ITestFailed failed:
                Fail($"{failed.Test.DisplayName}: {string.Join(' ', failed.Messages)}");
                break;
            case IErrorMessage error:
                Fail(string.Join(' ', error.Messages));
                break;
            case ITestAssemblyFinished:
                _ended.SetResult();
                break;
        }

        return Volatile.Read(ref _failed) == 0; // false ends the run when the tests under way have ended
    }

    private void Fail(string what)
    {
        Interlocked.Increment(ref _failed);
        Console.WriteLine($"Failed {what}");
    }

    private async Task<int> RunAsync(Assembly tests, string part)
    {
        using XunitTestFramework framework = new(this);
        using ITestFrameworkDiscoverer discoverer = framework.GetDiscoverer(Reflector.Wrap(tests));
        Options options = new();
        discoverer.Find(includeSourceInformation: false, this, options);
        await _discovered.Task;
        using ITestFrameworkExecutor executor = framework.GetExecutor(tests.GetName());
        executor.RunTests(
            [.. _cases.Where(c => c.TestMethod.TestClass.Class.Name.Contains(part, StringComparison.Ordinal))],
            this, options);
        await _ended.Task;
        Console.WriteLine($"{_passed} passed, {_failed} failed");
        return _failed > 0 ? 1 : _passed > 0 ? 0 : 2;
    }

    /// <summary>What xunit asks for and nobody has set, has its default.</summary>
    private sealed class Options
        : LongLivedMarshalByRefObject, ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        private readonly Dictionary<string, object?> _values = [];

        /// <inheritdoc/>
        public TValue GetValue<TValue>(string name) =>
            _values.TryGetValue(name, out object? value) ? (TValue)value! : default!;

        /// <inheritdoc/>
        public void SetValue<TValue>(string name, TValue value) => _values[name] = value;
    }
}
